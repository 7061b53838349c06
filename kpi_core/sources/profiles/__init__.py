"""The profile language: what a YAML file may say of an export, checked, and proved to be unambiguous."""
