"""Files of Word, PowerPoint and Excel."""
