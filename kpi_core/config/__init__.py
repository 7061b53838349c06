"""Strict YAML -> frozen types, with the place of every value kept for messages. Nothing is loaded here: to find a file needs no reader of YAML."""
