"""Figures of Erlang/OTP, to know what the best do. Nobody measured them here."""

from polyactors.bench.report import Quoted

SOURCE = "actors_on_trio.md, section D: Erlang/OTP 25 on two schedulers, another two-core machine"

ERLANG = tuple(
    Quoted(what, figure, SOURCE)
    for what, figure in (
        ("raw sends", "8.0 million messages/s"),
        ("sends to a gen_server", "5.9 million messages/s"),
        ("raw send and reply, p50 / p99", "0.39 / 0.9 us"),
        ("gen_server:call, p50 / p99", "1.2 / 2.6 us"),
        ("spawn of a gen_server (10,000)", "3.0 us"),
        ("bytes per idle gen_server", "2,530"),
        ("one crash to a running replacement, p50 / p99", "20 to 28 / 50 to 127 us"),
        ("subtree of 100 stopped and started in order", "0.23 + 0.24 ms"),
        ("one_for_all of 100", "0.40 to 0.50 ms"),
        ("subtree of 1,000 stopped and started in order", "2.3 to 4 + 2.5 to 3.3 ms"),
    )
)
