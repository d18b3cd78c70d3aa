"""What a mix over time bought, as a plan shows it: each purchase over all hours, and money over everything served."""
