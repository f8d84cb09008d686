"""`polyactors exchange accounts`, and giving one more money."""

import click
from rich.table import Table

from messages.serial import to_json
from messages.units import BadDecimal, format_cash, format_shares, parse_cash
from polyactors.cli.exchange.asking import ServedExchange, asking_options
from polyactors.cli.failures import Mistakes
from polyactors.cli.figures import console
from polyactors.cli.plain import plain
from polyactors.exchange.server.control_words import Accounts, Deposit, Done


@click.command()
@click.argument("wallet", required=False)
@asking_options
def accounts(wallet: str | None, url: str, as_json: bool) -> None:
    """Who has what: the clients' wallets first, then the simulated traders'. With WALLET, its shares as well."""
    query = {} if wallet is None else {"wallet": wallet}
    answer = ServedExchange(url).show("accounts", Accounts, **query)
    if as_json:
        print(to_json(answer))
        return
    if wallet is not None and not answer.accounts:
        raise Mistakes("there is no such account", [f"{wallet} was never used: a wallet is opened by its first order"])
    table = Table(box=None, pad_edge=False)
    table.add_column("wallet", no_wrap=True)
    table.add_column("trader")
    for name in ("pUSD", "open orders", "holdings"):
        table.add_column(name, justify="right")
    for line in answer.accounts:
        table.add_row(
            line.wallet, plain(line.trader), format_cash(line.cash), f"{line.open_orders:,}", f"{len(line.holdings):,}"
        )
    out = console()
    out.print(table)
    if wallet is not None:
        for line in answer.accounts:
            for held in line.holdings:
                out.print(f"  {format_shares(held.settled)} {held.outcome} of {plain(held.slug)}")
    out.print(
        f"{answer.total:,} accounts; of {format_cash(answer.deposited)} pUSD that came in, "
        f"{format_cash(answer.in_accounts)} are in accounts, {format_cash(answer.in_escrow)} in trades not settled, "
        f"{format_cash(answer.locked)} behind shares, {format_cash(answer.fees)} were fees"
    )


@click.command()
@click.argument("wallet")
@click.argument("amount")
@asking_options
def deposit(wallet: str, amount: str, url: str, as_json: bool) -> None:
    """Give a WALLET an AMOUNT of pUSD more, such as 250.50."""
    try:
        cash = parse_cash(amount)
    except BadDecimal as error:
        raise Mistakes("the amount was not understood", [str(error)]) from error
    done = ServedExchange(url).do("deposit", Deposit(wallet, cash), Done)
    print(to_json(done) if as_json else f"{wallet} was given {format_cash(cash)} pUSD")
