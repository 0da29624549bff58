/// Settings that stand in several groups, all keys beside each other in a file: what several algorithms share is declared once,
/// and no key tells which group it is from.
///
/// ```swift
/// @dynamicMemberLookup
/// struct Configuration: GroupedSettings {
///     var shared = SharedSettings(), own = Own()
///     static var groups: [SettingsGroup<Self>] { [SettingsGroup(\.shared), SettingsGroup(\.own)] }
/// }
/// ```
public protocol GroupedSettings: Defaulted {
    /// The groups, in the order shown to a user; no two have a key of the same name.
    static var groups: [SettingsGroup<Self>] { get }
}

/// One group of settings and where it stands in its whole.
public struct SettingsGroup<Whole> {
    let options: [Option]
    let decode: (inout Whole, any Decoder) throws -> Void
    let encode: (Whole, any Encoder) throws -> Void

    /// The group at a path.
    public init<Group: Defaulted>(_ path: WritableKeyPath<Whole, Group>) {
        options = Group.options
        decode = { $0[keyPath: path] = try Group(from: $1) }
        encode = { try $0[keyPath: path].encode(to: $1) }
    }
}

extension GroupedSettings {
    /// The keys of all groups.
    public static var options: [Option] { groups.flatMap(\.options) }

    /// Decodes every group from the same keys.
    public init(from decoder: any Decoder) throws {
        self.init()
        for group in Self.groups { try group.decode(&self, decoder) }
    }

    /// Encodes every group beside the others.
    public func encode(to encoder: any Encoder) throws {
        for group in Self.groups { try group.encode(self, encoder) }
    }
}
