package reports

// StoryInput is the story, for tests that draw it.
func StoryInput() Input { return storyInput() }
