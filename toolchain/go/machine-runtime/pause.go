package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// The container that holds a pod's namespaces: ends with 0 when told to, answers -v (kubeadm's health check runs it so),
// and reaps what is handed to it where a pod shares its processes.
func pause(args []string) {
	if len(args) > 0 && args[0] == "-v" {
		fmt.Println("pause.c sandbox")
		return
	}
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGCHLD)
	for got := range signals {
		if got != syscall.SIGCHLD {
			return
		}
		for {
			if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 || err != nil {
				break
			}
		}
	}
}
