"""Cases: what opens them, what is done with them, and how right the rules behind them were."""
