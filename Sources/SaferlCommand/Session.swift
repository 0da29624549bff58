/// What a command was started with.
enum Session {
    /// The environments and algorithms there are.
    @TaskLocal static var registry = Registry.builtIn
    /// The name of the program.
    @TaskLocal static var program = ProgramName.standard
    /// The names of the commands, such as `train`.
    @TaskLocal static var commands: [String] = []
    /// What the program was called with.
    @TaskLocal static var arguments: [String] = []
}
