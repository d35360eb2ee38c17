"""What the end-to-end tests share: processes, configurations, raw HTTP, a provider under a test's full control."""
