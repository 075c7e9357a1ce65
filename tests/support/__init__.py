"""What tests say things with: builders, fakes and servers of our own."""
