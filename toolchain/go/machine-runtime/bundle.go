package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

const (
	standInPath       = "/kubezero-sandbox/stand-in"
	standInAnnotation = "sandbox.kubezero.dev/stand-in"
)

type object = map[string]any

// Takes out what there is no privilege or no kernel support for: see deviations.ts.
func limit(spec object) {
	if process, found := spec["process"].(object); found {
		limitProcess(process)
	}
	if resources, found := at(spec, "linux", "resources").(object); found {
		delete(resources, "hugepageLimits")
	}
}

func limitProcess(process object) {
	if score, found := process["oomScoreAdj"].(json.Number); found && strings.HasPrefix(score.String(), "-") {
		process["oomScoreAdj"] = 0
	}
}

// An image may bring arguments and mounts for its containers, which stand behind what the pod says.
func addWhatImageAsks(spec object, path string) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var asked struct {
		Args   []string `json:"args"`
		Mounts []any    `json:"mounts"`
	}
	if err == nil {
		err = json.Unmarshal(text, &asked)
	}
	if err != nil {
		return err
	}
	process, found := spec["process"].(object)
	if !found {
		return errors.New("the bundle has no process")
	}
	args, _ := process["args"].([]any)
	for _, arg := range asked.Args {
		args = append(args, arg)
	}
	process["args"] = args
	mounts, _ := spec["mounts"].([]any)
	spec["mounts"] = append(mounts, asked.Mounts...)
	return nil
}

// Whose container it is.
type podContainer struct{ Namespace, Pod, UID, Container string }

// containerd and cri-o say it in different annotations.
func identify(annotations object) (podContainer, error) {
	labels := object{}
	if text, found := annotations["io.kubernetes.cri-o.Labels"].(string); found {
		if err := json.Unmarshal([]byte(text), &labels); err != nil {
			return podContainer{}, err
		}
	}
	first := func(names ...string) string {
		for _, from := range []object{annotations, labels} {
			for _, name := range names {
				if value, _ := from[name].(string); value != "" {
					return value
				}
			}
		}
		return ""
	}
	id := podContainer{
		Namespace: first("io.kubernetes.cri.sandbox-namespace", "io.kubernetes.pod.namespace"),
		Pod:       first("io.kubernetes.cri.sandbox-name", "io.kubernetes.pod.name"),
		UID:       first("io.kubernetes.cri.sandbox-uid", "io.kubernetes.pod.uid"),
		Container: first("io.kubernetes.cri.container-name", "io.kubernetes.container.name"),
	}
	if id.Namespace == "" || id.Pod == "" || id.Container == "" {
		return id, fmt.Errorf("the bundle's annotations don't say whose container it is: %v", annotations)
	}
	return id, nil
}

func standIn(service string, spec object) error {
	annotations, found := spec["annotations"].(object)
	process, hasProcess := spec["process"].(object)
	if !found || !hasProcess {
		return errors.New("the bundle has no annotations or no process")
	}
	id, err := identify(annotations)
	if err != nil {
		return err
	}
	does, err := askBehaviour(service, id)
	if err != nil {
		return err
	}
	if does.Refused != "" {
		return errors.New(does.Refused)
	}
	// What the machine has, the container can't see.
	for i, file := range does.Files {
		content, err := os.ReadFile(file.From)
		if err != nil {
			return err
		}
		does.Files[i].Content = string(content)
	}
	text, err := json.Marshal(does)
	if err != nil {
		return err
	}
	annotations[standInAnnotation] = "true"
	process["args"] = []string{standInPath, "serve", string(text)}
	process["cwd"] = "/"
	if user, found := process["user"].(object); found && does.Root {
		user["uid"], user["gid"] = 0, 0
	}
	mayBindLowPorts(process)
	return nil
}

const bindService = "CAP_NET_BIND_SERVICE"

// Binaries of real images that serve low ports as another user than root carry the capability; nothing can be said about
// the stand-in's file, so the process has it where the pod's bounding set does and no_new_privs doesn't forbid it.
func mayBindLowPorts(process object) {
	capabilities, found := process["capabilities"].(object)
	if forbidden, _ := process["noNewPrivileges"].(bool); !found || forbidden || !contains(capabilities["bounding"], bindService) {
		return
	}
	for _, set := range []string{"effective", "permitted", "inheritable", "ambient"} {
		if !contains(capabilities[set], bindService) {
			list, _ := capabilities[set].([]any)
			capabilities[set] = append(list, bindService)
		}
	}
}

func contains(list any, wanted string) bool {
	items, _ := list.([]any)
	for _, item := range items {
		if item == wanted {
			return true
		}
	}
	return false
}

func at(value any, path ...string) any {
	for _, key := range path {
		inner, found := value.(object)
		if !found {
			return nil
		}
		value = inner[key]
	}
	return value
}

func readObject(path string) (object, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	// Some don't fit into a float.
	decoder.UseNumber()
	read := object{}
	if err := decoder.Decode(&read); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return read, nil
}

func writeObject(path string, value object) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}
