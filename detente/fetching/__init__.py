"""Guarded HTTP: public addresses only, within limits of time, size and redirects, and text out of whatever charset."""
