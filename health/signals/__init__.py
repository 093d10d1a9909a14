"""What arrived: usage, tickets and surveys from files, rolled up to days, in monthly partitions."""
