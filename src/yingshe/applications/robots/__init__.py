"""Robots that adapt in seconds: arms, grasping, manipulation and locomotion."""
