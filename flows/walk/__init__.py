"""The stages of the walk and what each asks, from documents to a judged candidate; and what a walk would take."""
