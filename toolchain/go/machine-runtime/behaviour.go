package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// What a container of the stand-in image does, as the sandbox makes it out from the pod's own spec.
type behaviour struct {
	// TCP and UDP ports it listens on.
	TCP []int `json:"tcp,omitempty"`
	UDP []int `json:"udp,omitempty"`
	// Exit code of a container that ends by itself; absent: it runs until it is stopped.
	Exit *int `json:"exit,omitempty"`
	// Files it writes first, each a copy of one of the machine's; their directories are mounts.
	Files []file `json:"files,omitempty"`
	// The real image's user isn't known and the pod names none: it runs as root.
	Root bool `json:"root,omitempty"`
	// Why the container can't be made.
	Refused string `json:"refused,omitempty"`
}

type file struct {
	Path string `json:"path"`
	// Path on the machine.
	From    string `json:"from,omitempty"`
	Content string `json:"content,omitempty"`
}

const askFor = 15 * time.Second

// Asks the sandbox. A container isn't made without an answer: the kubelet tries again.
func askBehaviour(service string, id podContainer) (behaviour, error) {
	var answer behaviour
	address := fmt.Sprintf("%s/containers/%s/%s/%s?uid=%s", service,
		url.PathEscape(id.Namespace), url.PathEscape(id.Pod), url.PathEscape(id.Container), url.QueryEscape(id.UID))
	// No proxy that the environment names.
	client := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DialContext: (&net.Dialer{}).DialContext}}
	for deadline := time.Now().Add(askFor); ; time.Sleep(300 * time.Millisecond) {
		text, err := fetch(&client, address)
		if err == nil {
			if err = json.Unmarshal(text, &answer); err != nil {
				return answer, fmt.Errorf("%s answers what isn't a behaviour: %w", address, err)
			}
			return answer, nil
		}
		if time.Now().After(deadline) {
			return answer, err
		}
	}
}

func fetch(client *http.Client, address string) ([]byte, error) {
	response, err := client.Get(address)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %s", address, response.Status, text)
	}
	return text, err
}
