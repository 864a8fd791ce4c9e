"""Where labels come from (DailyMed, openFDA, files, the samples), and the job that stores what they say."""
