"""Is a smoother image a truer one? (lesson 10)"""
