"""Webhooks as Standard Webhooks 1.0.0 has them: signed, tried again for days, and kept in a log.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""
