"""Where customers stand, one by one and over the portfolio."""
