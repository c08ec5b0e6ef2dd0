"""Tests of the broker: its names, its definitions, and what a real RabbitMQ makes of them."""
