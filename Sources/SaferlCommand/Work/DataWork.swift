/// What `saferl data` does.
struct DataWork {
    let file: String

    /// Shows what is in the file.
    func info(isJSON: Bool) throws {
        // Wire: TransitionDataset(contentsOf: file), DatasetSummary(dataset).text() or JSON.
        throw NotWired("data info")
    }

    /// Throws the first fault.
    func validate() throws {
        // Wire: open with every check and print that all is well.
        throw NotWired("data validate")
    }
}
