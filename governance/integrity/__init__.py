"""Is a model what it says, and does it keep quiet about what it should never have learnt?"""
