"""The engine for sites that can only dial out: RabbitMQ carries requests to their workers, and answers back."""
