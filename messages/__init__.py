"""The vocabulary: frozen typed messages, and the units that money and prices are counted in.

Imports none of the other packages. A module is a group of messages that belong to one conversation.
"""
