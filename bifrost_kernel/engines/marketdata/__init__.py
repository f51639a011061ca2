"""Market data: is this bar series sound, adjusted, complete?"""
