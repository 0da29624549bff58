/// The candidate nearest to what was written, if one is near enough to be meant.
///
/// Near is an edit distance (insert, delete, replace, swap neighbours; letter case ignored) of at most a third of the
/// longer word, and at least one.
///
/// - Returns: the first of the nearest candidates, `nil` when none is near.
package func nearest(to written: String, among candidates: [String]) -> String? {
    guard written.utf8.count <= 100 else { return nil }
    var best: (candidate: String, distance: Int)?
    for candidate in candidates {
        let distance = editDistance(Array(written.lowercased()), Array(candidate.lowercased()))
        let allowed = max(1, max(written.count, candidate.count) / 3)
        if distance <= allowed, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.candidate
}

/// The fewest insertions, deletions, replacements and swaps of neighbours that turn one word into the other.
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in a.indices {
        var row = [i + 1]
        for j in b.indices {
            var distance = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                distance = min(distance, beforeLast[j - 1] + 1)
            }
            row.append(distance)
        }
        (beforeLast, last) = (last, row)
    }
    return last[b.count]
}

/// ` Did you mean "x"?` when a candidate is near, ` Known …: a, b, c.` when none is.
package func suggestion(for written: String, among candidates: [String], called name: String) -> String {
    if let near = nearest(to: written, among: candidates) { return "Did you mean \(quoted(near))?" }
    return candidates.isEmpty
        ? "There are no \(name)." : "Known \(name): \(candidates.joined(separator: ", "))."
}
