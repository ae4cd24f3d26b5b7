"""Checks for the exercises: a small core, and one module per lesson (`load` for 01_load).

In a lesson: `from course_utils.checks import load as check`, then `check.scale_error(factor)`.
"""
