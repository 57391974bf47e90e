"""What the product is measured by. `make bench` prints every figure; nothing here is imported by the product."""
