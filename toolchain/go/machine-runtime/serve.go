package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// The stand-in container: writes its files, ends where it is to end, else answers on its ports until it is stopped.
// HTTP and HTTPS on each TCP port, told apart by the first byte; what is sent to a UDP port is read and dropped.
func serve(args []string) {
	if len(args) != 1 {
		fail("usage: stand-in serve BEHAVIOUR")
	}
	var does behaviour
	if err := json.Unmarshal([]byte(args[0]), &does); err != nil {
		fail("behaviour: " + err.Error())
	}
	for _, file := range does.Files {
		writeFile(file)
	}
	if does.Exit != nil {
		fmt.Println("stand-in: ends with", *does.Exit)
		os.Exit(*does.Exit)
	}
	for _, port := range does.TCP {
		// All addresses, of both families where there are both.
		listener, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
		if err != nil {
			fail("stand-in: " + err.Error())
		}
		go http.Serve(&eitherListener{Listener: listener}, http.HandlerFunc(answer))
	}
	for _, port := range does.UDP {
		connection, err := net.ListenUDP("udp", &net.UDPAddr{Port: port})
		if err != nil {
			fail("stand-in: " + err.Error())
		}
		go func() {
			for buffer := make([]byte, 2048); ; {
				if _, _, err := connection.ReadFrom(buffer); errors.Is(err, net.ErrClosed) {
					return
				}
			}
		}()
	}
	fmt.Println("stand-in: listens on", does.TCP, does.UDP)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	<-signals
}

func answer(response http.ResponseWriter, request *http.Request) {
	response.Header().Set("content-type", "text/plain")
	fmt.Fprintln(response, "stand-in")
}

// As a writer would that is watched: the whole file at once.
func writeFile(file file) {
	next := file.Path + ".sandbox"
	err := os.WriteFile(next, []byte(file.Content), 0o644)
	if err == nil {
		err = os.Rename(next, file.Path)
	}
	if err != nil {
		fail("stand-in: " + err.Error())
	}
}

// Accepts connections of both kinds. Which one it is shows with the first byte, read by whoever serves the connection.
type eitherListener struct{ net.Listener }

func (l *eitherListener) Accept() (net.Conn, error) {
	connection, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &eitherConn{Conn: connection, reader: bufio.NewReader(connection)}, nil
}

type eitherConn struct {
	net.Conn
	reader *bufio.Reader
	once   sync.Once
	served net.Conn
}

const tlsHandshake = 0x16

func (c *eitherConn) kind() net.Conn {
	c.once.Do(func() {
		plain := &bufferedConn{Conn: c.Conn, reader: c.reader}
		c.served = plain
		if first, err := c.reader.Peek(1); err == nil && first[0] == tlsHandshake {
			c.served = tls.Server(plain, &tls.Config{GetCertificate: certificate})
		}
	})
	return c.served
}

func (c *eitherConn) Read(buffer []byte) (int, error)  { return c.kind().Read(buffer) }
func (c *eitherConn) Write(buffer []byte) (int, error) { return c.kind().Write(buffer) }
func (c *eitherConn) Close() error                     { return c.Conn.Close() }

type bufferedConn struct {
	net.Conn
	reader *bufio.Reader
}

func (c *bufferedConn) Read(buffer []byte) (int, error) { return c.reader.Read(buffer) }

// Made when first asked for: most containers are never spoken to over TLS.
var certificate = func() func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	var once sync.Once
	var made *tls.Certificate
	var failed error
	return func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		once.Do(func() { made, failed = selfSigned() })
		return made, failed
	}
}()

func selfSigned() (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: "stand-in"},
		DNSNames:     []string{"stand-in"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().AddDate(1, 0, 0),
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}
