"""The helper package of the ultrasound AI workbook. It teaches; it is never a medical device.

Importing it costs nothing: each lesson imports the modules it needs, and no module of lessons 00 to
03 imports TensorFlow.
"""

__version__ = "0.1.0"
