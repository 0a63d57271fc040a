"""Leads without the people: what routing reads of them stays, who they are goes."""
