"""Fine-tuning: LoRA adapters by SFT and DPO over one frozen base."""
