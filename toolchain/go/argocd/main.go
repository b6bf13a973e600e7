// ArgoCD's application controller and repository server, and the Redis they share, in one binary: the first argument
// says which.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/alicebob/miniredis/v2"
	controller "github.com/argoproj/argo-cd/v2/cmd/argocd-application-controller/commands"
	reposerver "github.com/argoproj/argo-cd/v2/cmd/argocd-repo-server/commands"
	"github.com/argoproj/argo-cd/v2/common"
	"github.com/spf13/cobra"
)

func main() {
	if len(os.Args) < 2 {
		fail("usage: argocd application-controller|repo-server|redis|version [arguments]")
	}
	switch name, args := os.Args[1], os.Args[2:]; name {
	case "application-controller":
		run(controller.NewCommand(), args)
	case "repo-server":
		run(reposerver.NewCommand(), args)
	case "redis":
		if len(args) != 1 {
			fail("usage: argocd redis HOST:PORT")
		}
		if err := miniredis.NewMiniRedis().StartAddr(args[0]); err != nil {
			fail(err.Error())
		}
		select {}
	case "version":
		version, _, _ := strings.Cut(common.GetVersion().Version, "+")
		fmt.Println(version)
	default:
		fail("unknown command " + name)
	}
}

func run(command *cobra.Command, args []string) {
	command.SetArgs(args)
	if err := command.Execute(); err != nil {
		os.Exit(1)
	}
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, message)
	os.Exit(2)
}
