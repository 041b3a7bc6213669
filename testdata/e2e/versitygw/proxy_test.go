package versitygw

import (
	"net"
	"sync"
	"testing"
)

// A proxy stands between a client and the server, and cuts or changes what goes through.
type proxy struct {
	addr string
	to   string

	mu       sync.Mutex
	up, down int64 // bytes that went through so far
	// cutUp and cutDown are after how many bytes towards the server, or back, every connection is cut, and none is taken any more. 0 is never.
	cutUp, cutDown int64
	// flip is the byte towards the server that is changed, counted from 1. 0 is none.
	flip  int64
	cut   bool
	conns map[net.Conn]bool
}

func before(t *testing.T, s *server) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{addr: l.Addr().String(), to: s.addr, conns: map[net.Conn]bool{}}
	t.Cleanup(func() { l.Close(); p.close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(c)
		}
	}()
	return p
}

func (p *proxy) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = true
	for c := range p.conns {
		c.Close()
	}
}

// set forgets what went through, and says what is to happen next.
func (p *proxy) set(cutUp, cutDown, flip int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.up, p.down, p.cutUp, p.cutDown, p.flip, p.cut = 0, 0, cutUp, cutDown, flip, false
}

func (p *proxy) through() (up, down int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.up, p.down
}

func (p *proxy) serve(c net.Conn) {
	s, err := net.Dial("tcp", p.to)
	if err != nil {
		c.Close()
		return
	}
	p.mu.Lock()
	if p.cut {
		p.mu.Unlock()
		c.Close()
		s.Close()
		return
	}
	p.conns[c], p.conns[s] = true, true
	p.mu.Unlock()
	var wg sync.WaitGroup
	wg.Go(func() { p.pump(s, c, &p.up, &p.cutUp, true) })
	wg.Go(func() { p.pump(c, s, &p.down, &p.cutDown, false) })
	wg.Wait()
	p.mu.Lock()
	delete(p.conns, c)
	delete(p.conns, s)
	p.mu.Unlock()
}

func (p *proxy) pump(to, from net.Conn, count, cut *int64, up bool) {
	defer to.Close()
	defer from.Close()
	buf := make([]byte, 16<<10)
	for {
		n, err := from.Read(buf)
		p.mu.Lock()
		stop := p.cut
		if !stop && *cut > 0 && *count+int64(n) >= *cut {
			n, stop, p.cut = int(*cut-*count), true, true
		}
		if at := p.flip - *count - 1; up && p.flip > 0 && at >= 0 && at < int64(n) {
			buf[at] ^= 0x20
		}
		*count += int64(n)
		p.mu.Unlock()
		if n > 0 {
			if _, werr := to.Write(buf[:n]); werr != nil {
				return
			}
		}
		if stop {
			p.close()
			return
		}
		if err != nil {
			return
		}
	}
}
