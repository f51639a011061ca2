"""Analytics: how good was it, and why?"""
