// Numbers as affine ones with pieces.
extension ActionRequirements {
    /// What a number is; nothing where it is not piecewise linear in the action, or cannot be told.
    mutating func form(of node: Int) -> PiecewiseForm? {
        guard mayGoOn() else { return nil }
        guard context.dependence.isOpen[node] else {
            return (try? context.monitor.number(of: node)).map { PiecewiseForm($0) }
        }
        let own = context.monitor.program.nodes[node]
        switch own.operation {
        case .signal: return signal(own.index)
        case .negate: return form(of: own.left).map { -$0 }
        case .plus: return sum(own, 1)
        case .minus: return sum(own, -1)
        case .times, .over: return scaled(node, own)
        case .absolute:
            return form(of: context.monitor.program.lists[own.terms.lowerBound]).map { .largest([$0, -$0]) }
        case .largest: return forms(own).map { .largest($0) }
        case .smallest: return forms(own).map { .smallest($0) }
        case .before: return (try? context.monitor.number(of: node)).map { PiecewiseForm($0) }
        case .norm: return norm(node, own)
        case .count, .age, .sum, .maximum, .minimum: return aggregate(node, own)
        default: return spread(node)
        }
    }

    private func signal(_ number: Int) -> PiecewiseForm? {
        let place = context.action(number)
        guard place < 0 else {
            guard place < box.size else { return nil }
            var form = LinearForm(0)
            form.coefficients[place] = 1
            return PiecewiseForm(form)
        }
        let next = context.models[number]
        return next < 0 ? nil : models[next].map { PiecewiseForm($0) }
    }

    private mutating func sum(_ own: Node, _ sign: Double) -> PiecewiseForm? {
        guard let left = form(of: own.left), let right = form(of: own.right) else { return nil }
        return left + (sign * right)
    }

    private mutating func forms(_ own: Node) -> [PiecewiseForm]? {
        var found: [PiecewiseForm] = []
        for term in own.terms {
            guard let form = form(of: context.monitor.program.lists[term]) else { return nil }
            found.append(form)
        }
        return found
    }

    private mutating func scaled(_ node: Int, _ own: Node) -> PiecewiseForm? {
        let isProduct = own.operation == .times
        if !context.dependence.isOpen[own.right], let factor = try? context.monitor.number(of: own.right),
            factor != 0 || isProduct
        {
            return form(of: own.left).map { (isProduct ? factor : 1 / factor) * $0 }
        }
        if isProduct, !context.dependence.isOpen[own.left],
            let factor = try? context.monitor.number(of: own.left)
        {
            return form(of: own.right).map { factor * $0 }
        }
        if let form = spread(node) { return form }
        guard isProduct, let left = form(of: own.left)?.linearAlone else { return nil }
        // A number times itself is a square.
        if own.left == own.right { return PiecewiseForm(LinearForm(0), [.square(left, factor: 1)]) }
        guard let right = form(of: own.right)?.linearAlone else { return nil }
        return PiecewiseForm(LinearForm(0), [.product(left, right, factor: 1)])
    }

    private mutating func norm(_ node: Int, _ own: Node) -> PiecewiseForm? {
        if let form = spread(node) { return form }
        guard let parts = forms(own) else { return nil }
        let linear = parts.compactMap(\.linearAlone)
        return linear.count == parts.count ? PiecewiseForm(LinearForm(0), [.norm(linear, factor: 1)]) : nil
    }

    /// What depends on models' errors alone lies in an interval.
    private mutating func spread(_ node: Int) -> PiecewiseForm? {
        guard !context.dependence.isSteered[node], let range = try? context.monitor.interval(of: node),
            range.width.isFinite
        else { return nil }
        var form = LinearForm(range.low + 0.5 * range.width)
        form.spread = 0.5 * range.width
        return PiecewiseForm(form)
    }

    private mutating func aggregate(_ node: Int, _ own: Node) -> PiecewiseForm? {
        let memory = context.monitor.memories[own.memory]
        let row = memory.row(of: context.monitor.valuation)
        switch own.operation {
        case .age:
            return PiecewiseForm(
                LinearForm(0), [.amount(memory.number(row) + 1, ofNode: own.left, wanted: false)])
        case .count:
            guard own.window.lower == 0 else {
                return (try? context.monitor.number(of: node)).map { PiecewiseForm($0) }
            }
            let past = memory.past
            let earlier =
                own.window.upper == nil
                ? memory.number(row) : Double(memory.withBits(row) { past.count($0, now: false) })
            return PiecewiseForm(LinearForm(earlier), [.amount(1, ofNode: own.left, wanted: true)])
        default: return ring(node, own, memory)
        }
    }

    /// Sum, maximum or minimum of a window, of which the latest number may depend on the action.
    private mutating func ring(_ node: Int, _ own: Node, _ memory: Memory) -> PiecewiseForm? {
        let size = (own.window.upper ?? 0) + 1
        guard own.window.lower == 0 else {
            return (try? context.monitor.number(of: node)).map { PiecewiseForm($0) }
        }
        guard let now = form(of: own.left) else { return nil }
        let count = min(size - 1, context.monitor.time)
        var earlier = (1..<(count + 1)).map { memory.number(0, (context.monitor.time - $0) % size) }
        switch own.operation {
        case .sum:
            earlier.reverse()
            return PiecewiseForm(earlier.reduce(0, +)) + now
        case .maximum: return .largest([now] + (earlier.max().map { [PiecewiseForm($0)] } ?? []))
        default: return .smallest([now] + (earlier.min().map { [PiecewiseForm($0)] } ?? []))
        }
    }
}
