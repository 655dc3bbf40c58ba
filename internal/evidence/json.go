package evidence

import (
	"bytes"
	"io"

	"github.com/annexgate/annexgate/internal/inert"
)

// WriteJSON writes the records as a JSON array of the statements, each as it
// is kept but for characters that a terminal would act on, which are escaped.
func WriteJSON(w io.Writer, found *Found) error {
	var b bytes.Buffer
	b.WriteString("[")
	for i, record := range found.Records {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString("\n")
		b.Write(inert.JSON(bytes.TrimSpace(record.Content)))
	}
	if len(found.Records) > 0 {
		b.WriteString("\n")
	}
	b.WriteString("]\n")
	_, err := w.Write(b.Bytes())
	return err
}
