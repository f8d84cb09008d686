"""Simulated traders: who quotes, who takes and who knows more, so that the exchange's markets are alive."""
