"""What a signature is put on and how: DSSE envelopes, in-toto statements, adapters in the Model Signing format."""
