"""Strategy: what would this idea have done?"""
