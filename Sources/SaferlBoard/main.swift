import CBuildInfo
import SaferlCommand
import Sockets
import Storage

ProgramIdentity.declare(commit: String(cString: saferl_commit()))
Saferl.main(httpServer: { try SocketServer($0).run() })
