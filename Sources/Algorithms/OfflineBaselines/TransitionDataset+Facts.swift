import SafeRL

extension TransitionDataset {
    /// Steps of the longest whole episode, at least 1.
    var longestEpisode: Int { episodes.map(\.length).max() ?? 1 }

    /// Refuses actions that are choices.
    ///
    /// - Parameters:
    ///   - key: of the options, where it is said.
    ///   - subject: what the algorithm does with actions, as in "BCRL learns actions".
    /// - Throws: `OptionIssue`.
    func refuseChoices(_ key: String, _ subject: String) throws(OptionIssue) {
        guard let choices = actionChoices else { return }
        throw OptionIssue(
            key,
            "\(subject) of real numbers, and the data's are one of \(choices) choices. Use an algorithm that "
                + "learns choices, such as bc or ogsrl.")
    }
}
