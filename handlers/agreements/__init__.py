"""What employees agree with their supervisors about social media, and consent to post under one's own name."""
