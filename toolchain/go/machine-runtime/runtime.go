package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// Where the machine says how to go on: written with its image.
const settingsFile = "/etc/kubezero-sandbox/runtime.json"

type settings struct {
	// Path of the real runtime.
	Runtime string `json:"runtime"`
	// URL of the sandbox's image server, which also knows how stand-ins behave.
	Service string `json:"service"`
}

// The runtime as containerd's shim and conmon call it. `create` corrects the bundle first, `exec` in a stand-in becomes
// what always succeeds; everything goes on to crun with the arguments as they came.
func runtime(args []string) {
	var known settings
	text, err := os.ReadFile(settingsFile)
	if err == nil {
		err = json.Unmarshal(text, &known)
	}
	if err != nil {
		fail(settingsFile + ": " + err.Error())
	}
	// Name and version are asked for before there is a container.
	command, place := commandOf(args)
	switch command {
	case "create", "run":
		err = correctBundle(known, option(args[place:], "--bundle", "-b", "."))
	case "exec":
		err = correctExec(known.Runtime, args, place)
	}
	if err != nil {
		report(args[:max(place, 0)], err)
		fail(err.Error())
	}
	if err := syscall.Exec(known.Runtime, append([]string{"crun"}, args...), os.Environ()); err != nil {
		fail(known.Runtime + ": " + err.Error())
	}
}

var valued = map[string]bool{"--root": true, "--log": true, "--log-format": true, "--log-level": true, "--cgroup-manager": true, "--criu": true, "--rootless": true}

// The command and its place: the first argument that is neither an option nor the value of one.
func commandOf(args []string) (string, int) {
	for i := 0; i < len(args); i++ {
		if valued[args[i]] {
			i++
		} else if !strings.HasPrefix(args[i], "-") {
			return args[i], i
		}
	}
	return "", -1
}

func option(args []string, long, short, otherwise string) string {
	for i, arg := range args {
		if (arg == long || arg == short) && i+1 < len(args) {
			return args[i+1]
		}
		if value, found := strings.CutPrefix(arg, long+"="); found {
			return value
		}
	}
	return otherwise
}

// containerd and conmon read the reason of a failure from the log that they name.
func report(global []string, err error) {
	path := option(global, "--log", "", "")
	if path == "" {
		return
	}
	if log, opened := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644); opened == nil {
		line, _ := json.Marshal(map[string]string{"level": "error", "msg": err.Error()})
		fmt.Fprintf(log, "%s\n", line)
		log.Close()
	}
}

func correctBundle(known settings, bundle string) error {
	path := filepath.Join(bundle, "config.json")
	spec, err := readObject(path)
	if err != nil {
		return err
	}
	limit(spec)
	root, _ := at(spec, "root", "path").(string)
	if !filepath.IsAbs(root) {
		root = filepath.Join(bundle, root)
	}
	if err := addWhatImageAsks(spec, filepath.Join(root, "kubezero-sandbox", "container.json")); err != nil {
		return err
	}
	if _, err := os.Lstat(filepath.Join(root, "kubezero-sandbox", "stand-in")); err == nil {
		if err := standIn(known.Service, spec); err != nil {
			return err
		}
	}
	return writeObject(path, spec)
}

// An exec in a stand-in has no command of the real image's to run.
func correctExec(runtime string, args []string, command int) error {
	path := option(args[command:], "--process", "-p", "")
	if path == "" {
		return nil
	}
	process, err := readObject(path)
	if err != nil {
		return err
	}
	limitProcess(process)
	standIn, err := isStandIn(runtime, args[:command], args[len(args)-1])
	if err != nil {
		return err
	}
	if standIn {
		process["args"] = []string{standInPath, "ok"}
		process["cwd"] = "/"
	}
	return writeObject(path, process)
}

// Whether a container was made as one.
func isStandIn(runtime string, global []string, id string) (bool, error) {
	output, err := exec.Command(runtime, append(append([]string{}, global...), "state", id)...).Output()
	if err != nil {
		return false, nil // crun itself says what is wrong with the container
	}
	var container struct{ Bundle string }
	if err := json.Unmarshal(output, &container); err != nil {
		return false, err
	}
	spec, err := readObject(filepath.Join(container.Bundle, "config.json"))
	return err == nil && at(spec, "annotations", standInAnnotation) != nil, err
}
