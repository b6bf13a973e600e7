// What the sandbox's real machines have that isn't KubeZero's: one static program that is the runtime behind
// containerd and cri-o (it corrects what this kernel can't, then runs crun), the pause container, and the stand-in for
// every image that can't be had. Its name, or its first argument, says which.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	name, args := filepath.Base(os.Args[0]), os.Args[1:]
	if name == "machine-runtime" || name == "stand-in" {
		if len(args) == 0 {
			fail("usage: machine-runtime runtime|pause|serve|ok [arguments]")
		}
		name, args = args[0], args[1:]
	}
	switch name {
	case "runtime", "crun", "runc":
		runtime(args)
	case "pause":
		pause(args)
	case "serve":
		serve(args)
	case "ok":
	default:
		fail("unknown command " + name)
	}
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, message)
	os.Exit(1)
}
