#!/usr/bin/env python3
"""Writes the scenarios of this folder: one function each, called after the file. `python3 make.py`, then git diff."""
import pathlib

import aliases
import cache
import chains
import denial
import forms
import forwarding
import iteration
import journeys
import proofs
import servers
import signatures
import trust

if __name__ == "__main__":
    folder = pathlib.Path(__file__).resolve().parent
    for module in (aliases, cache, chains, denial, forms, forwarding, iteration, journeys, proofs, servers, signatures, trust):
        for scenario in module.scenarios():
            scenario.write(folder)
