"""Small changes made on purpose to edges and constants of the domain: does the suite notice them?"""
