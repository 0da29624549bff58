/// A picture of a state in the task's own units: filled shapes that lie one over the other.
///
/// ```swift
/// var scene = Scene(x: 0...10, y: -1...1)
/// scene.add(.rectangle(x: 4...6, y: -1...1), .sand)
/// scene.add(.disc(x: place, y: 0, radius: 0.3), .blue)
/// ```
///
/// Up is larger. What lies outside the shown part of the world is cut off. Coordinates must be finite when the scene is
/// drawn.
public struct Scene: Sendable, Equatable {
    /// A place in the world.
    public struct Point: Sendable, Hashable {
        /// Coordinates in the task's units.
        public var x, y: Double
        /// Makes a point.
        public init(_ x: Double, _ y: Double) { (self.x, self.y) = (x, y) }
    }

    /// What is filled with one colour; lengths are in the task's units.
    public enum Shape: Sendable, Hashable {
        /// All points within a radius.
        case disc(x: Double, y: Double, radius: Double)
        /// A circle's line, half of its width on either side.
        case circle(x: Double, y: Double, radius: Double, width: Double)
        /// The inside of a closed path, which may be concave.
        case polygon([Point])
        /// A path with round joints and ends.
        case line([Point], width: Double)
        /// Where something is now; whoever draws one state after the other draws it as the line of all its places.
        case trail([Point], width: Double)

        /// A rectangle along the axes.
        public static func rectangle(x: ClosedRange<Double>, y: ClosedRange<Double>) -> Shape {
            .polygon([
                Point(x.lowerBound, y.lowerBound), Point(x.upperBound, y.lowerBound),
                Point(x.upperBound, y.upperBound), Point(x.lowerBound, y.upperBound),
            ])
        }

        /// A trail's newest place.
        public static func trail(x: Double, y: Double, width: Double) -> Shape {
            .trail([Point(x, y)], width: width)
        }
    }

    /// A colour of 256 levels a channel that covers what is below it in part or fully.
    public struct Colour: Sendable, Hashable {
        /// Red, green and blue, 0 to 255.
        public var red, green, blue: UInt8
        /// Share of what is below that is covered, in [0, 1].
        public var opacity: Double

        /// Makes a colour of a number such as `0x0b6bcb`.
        public init(_ hexadecimal: UInt32, opacity: Double = 1) {
            precondition((0...1).contains(opacity), "an opacity of \(opacity)")
            red = UInt8(hexadecimal >> 16 & 0xff)
            green = UInt8(hexadecimal >> 8 & 0xff)
            blue = UInt8(hexadecimal & 0xff)
            self.opacity = opacity
        }

        /// The same colour with another opacity.
        public func opacity(_ opacity: Double) -> Colour {
            precondition((0...1).contains(opacity), "an opacity of \(opacity)")
            var copy = self
            copy.opacity = opacity
            return copy
        }
    }

    /// A shape and its colour.
    public struct Figure: Sendable, Hashable {
        /// What is filled.
        public var shape: Shape
        /// With what.
        public var colour: Colour
    }

    /// The part of the world that is shown, left to right and bottom to top.
    public let x, y: ClosedRange<Double>
    /// What shows where nothing covers it.
    public let background: Colour
    /// From the lowest to the uppermost.
    public private(set) var figures: [Figure] = []

    /// An empty scene.
    ///
    /// - Parameters:
    ///   - x: shown from left to right; finite and not empty, as is `y`.
    ///   - y: shown from bottom to top, to the same scale.
    ///   - background: opaque.
    public init(x: ClosedRange<Double>, y: ClosedRange<Double>, background: Colour = .white) {
        for range in [x, y] {
            let extent = range.upperBound - range.lowerBound
            precondition(extent > 0 && extent.isFinite, "a scene over \(range)")
        }
        (self.x, self.y, self.background) = (x, y, background.opacity(1))
    }

    /// Puts a shape over all that was added before.
    public mutating func add(_ shape: Shape, _ colour: Colour) {
        figures.append(Figure(shape: shape, colour: colour))
    }

    /// The scene with its trails beginning where those of an earlier scene do, in the order in which they were added.
    package func lengthening(_ earlier: Scene?) -> Scene {
        guard let earlier else { return self }
        var trails = earlier.figures.compactMap(\.shape.trailPoints)[...]
        var copy = self
        for index in copy.figures.indices {
            guard case .trail(let points, let width) = copy.figures[index].shape,
                let before = trails.popFirst()
            else { continue }
            copy.figures[index].shape = .trail(before + points, width: width)
        }
        return copy
    }
}

extension Scene.Shape {
    fileprivate var trailPoints: [Scene.Point]? {
        if case .trail(let points, _) = self { points } else { nil }
    }
}

extension Scene.Colour {
    /// White.
    public static let white = Self(0xffffff)
    /// Nearly black.
    public static let ink = Self(0x1f2933)
    /// A middle grey.
    public static let faint = Self(0x7b8794)
    /// A light grey.
    public static let pale = Self(0xe4e7eb)
    /// A strong blue.
    public static let blue = Self(0x0b6bcb)
    /// A strong orange.
    public static let orange = Self(0xd9480f)
    /// A strong green.
    public static let green = Self(0x2b8a3e)
    /// A light green.
    public static let mint = Self(0xb2f2bb)
    /// A light brown.
    public static let sand = Self(0xf3d9b1)
    /// A light red.
    public static let rose = Self(0xff8787)
    /// A strong red, which videos mark costs with.
    public static let red = Self(0xe03131)
}
