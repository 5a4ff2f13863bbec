"""The shapes of what is asked and answered, as OpenAPI shows them. Field names are snake_case, times RFC 3339 in UTC."""
